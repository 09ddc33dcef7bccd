-- declines back: a child table's own columns do not become inherited again.
ALTER TABLE odd.parted DETACH PARTITION odd.parted_us;
ALTER TABLE odd.child NO INHERIT odd.parent;
