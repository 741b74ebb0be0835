import unittest

from till.cart import Cart
from till.discount import percentage


class Carts(unittest.TestCase):
    def setUp(self):
        self.cart = Cart()
        self.cart.add("bread", 280)
        self.cart.add("egg", 35, 6)

    def test_the_total_counts_quantities(self):
        self.assertEqual(self.cart.total(), 490)

    def test_a_percentage_is_rounded_down(self):
        self.assertEqual(percentage(self.cart, 3), 14)
