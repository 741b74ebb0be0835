"""Fleets on a held clock that take leases in any order, are ordered in any way, and must all land."""
