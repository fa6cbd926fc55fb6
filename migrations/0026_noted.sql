-- What a salon typed of whom it booked for stays with the booking: the salon is shown that and no
-- more, and it is nobody's own name. Null in what a customer booked.
alter table bookings add column noted jsonb;

-- What was noted before: the phone was typed each time. A name that was typed is known to be only
-- where there is no phone: such a person is of one booking, and nobody logs in as them.
update bookings b
set noted = jsonb_strip_nulls(jsonb_build_object('phone', p.phone,
    'name', case when p.phone is null then p.name end))
from events e, people p
where e.kind = 'walk_in_noted' and b.id = (e.payload ->> 'booking')::uuid and p.id = b.customer;
-- Who never logged in has not told us a name: it was typed.
update people p set name = null
where name is not null and email is null and not exists (select from sessions where person = p.id)
    and exists (select from bookings where customer = p.id and noted is not null);

-- A home is read from its booking, so that it is forgotten in one place: answers kept for retries
-- bear it no more.
update replays set answer = answer - 'home' where answer ? 'home';
