-- What services hold while they are done: chairs, rooms, a laser; of each kind so many units, whose
-- time is taken like a professional's.
create table resources (
    id    uuid primary key,
    salon uuid not null references salons,
    name  text not null
);
create index resources_by_salon on resources (salon, lower(name), id);
create table units (
    id       uuid primary key,
    resource uuid not null references resources
);
create index units_by_resource on units (resource, id);
alter table services add column resources uuid[] not null default '{}';
