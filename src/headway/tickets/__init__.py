"""Reading tickets and their dependency graph. Not for: which ticket starts when, or where a ticket stands.

The doors: :func:`headway.tickets.reading.read`, :class:`headway.tickets.graph.TicketGraph`,
:func:`headway.tickets.overlap.expected_overlaps`, :func:`headway.tickets.schema.ticket_schema`.
"""
