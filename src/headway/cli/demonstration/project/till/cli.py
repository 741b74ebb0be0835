"""The command line: ``python -m till COMMAND FILE``."""

import argparse
import json

from till.cart import Cart
from till.money import parse_price
from till.receipt import render


def read_cart(path: str) -> Cart:
    """The cart in a JSON file."""
    cart = Cart()
    with open(path, encoding="utf-8") as file:
        for item in json.load(file):
            cart.add(item["name"], parse_price(item["price"]), item["quantity"])
    return cart


def receipt(path: str) -> str:
    return render(read_cart(path))


COMMANDS = {
    "receipt": receipt,
}


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="till")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("file")
    options = parser.parse_args(arguments)
    print(COMMANDS[options.command](options.file))
    return 0
