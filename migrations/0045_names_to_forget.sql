-- The names of walk-ins who told no phone, by when the visit ended: whoever forgets them finds those
-- that are due without looking through all bookings (ADR 0025). Only such a walk-in is in it.
create index names_to_forget on bookings (ends_at) where noted ? 'name' and not noted ? 'phone';
