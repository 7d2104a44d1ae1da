"""What a model may look at: panels as of a date, fiscal calendars, splices, derived series."""
