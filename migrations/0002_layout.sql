-- Where visits may begin: by the clock on the wall, or right after what is booked.
alter table salons add column layout text not null default 'grid'
    check (layout in ('grid', 'tight'));
