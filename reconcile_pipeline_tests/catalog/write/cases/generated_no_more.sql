-- declines back: only a column made anew is generated, and this is not the last one.
ALTER TABLE odd."Table.One" ALTER twice DROP EXPRESSION;
