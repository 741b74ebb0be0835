import unittest

from till.money import format_price, parse_price


class Money(unittest.TestCase):
    def test_a_price_is_read_as_cents(self):
        self.assertEqual(parse_price("2.80"), 280)
        self.assertEqual(parse_price("3"), 300)

    def test_cents_are_written_with_two_decimals(self):
        self.assertEqual(format_price(5), "0.05")
