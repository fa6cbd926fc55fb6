-- Who waits for a time that is taken. What was offered is a booking, held for a while.
create table waitlist (
    id               uuid primary key,
    salon            uuid not null references salons,
    customer         uuid not null references people,
    zone             text not null,
    wishes           jsonb not null,
    one_professional boolean not null,
    starts_from      timestamptz not null,
    starts_before    timestamptz not null check (starts_before > starts_from),
    joined_at        timestamptz not null,
    offered          uuid
);
create index waitlist_by_salon on waitlist (salon, joined_at, id) where offered is null;
create index waitlist_by_customer on waitlist (customer, joined_at desc, id);
