import unittest

from till.cli import COMMANDS

BREAKFAST = "examples/breakfast.json"


class Commands(unittest.TestCase):
    def test_a_receipt_shows_the_total(self):
        self.assertIn("20.70", COMMANDS["receipt"](BREAKFAST))
