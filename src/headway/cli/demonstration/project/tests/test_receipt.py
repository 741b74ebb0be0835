import unittest

from till.cart import Cart
from till.receipt import WIDTH, render


class Receipts(unittest.TestCase):
    def test_every_line_is_as_wide_as_the_paper(self):
        cart = Cart()
        cart.add("bread", 280)
        for line in render(cart).splitlines()[1:]:
            self.assertEqual(len(line), WIDTH)
