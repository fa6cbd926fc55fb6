-- Businesses, and what they handed in to be verified.
create table vendors (
    id            uuid primary key,
    owner         uuid not null unique references people,
    business_name text not null,
    legal_name    text,
    state         text not null
        check (state in ('draft', 'submitted', 'approved', 'rejected', 'suspended')),
    reason        text,
    since         timestamptz not null,
    documents     jsonb not null default '[]',
    version       bigint not null default 1,
    created_at    timestamptz not null,
    check ((reason is null) = (state not in ('rejected', 'suspended')))
);
create index vendors_by_state on vendors (state, since, id);
create index vendors_by_since on vendors (since, id);

-- A salon is shown while its vendor is approved. Kept beside it, as every search asks for it.
alter table salons
    add column vendor uuid references vendors,
    add column is_listed boolean not null default false;
create index salons_by_vendor on salons (vendor);

-- Who has salons already goes on.
insert into vendors (id, owner, business_name, state, since, created_at)
select gen_random_uuid(), owner, name, 'approved', created_at, created_at
from (select distinct on (m.person) m.person as owner, s.name, s.created_at
      from members m join salons s on s.id = m.salon where m.role = 'owner'
      order by m.person, s.created_at, s.id) first;
update salons s set vendor = v.id, is_listed = true
from (select distinct on (m.salon) m.salon, v.id from members m join vendors v on v.owner = m.person
      where m.role = 'owner' order by m.salon, v.id) v
where v.salon = s.id;

-- Lists show what is listed.
drop index salons_by_name;
drop index salons_by_city;
create index salons_by_name on salons (lower(name), id) where is_listed;
create index salons_by_city on salons (lower(city), lower(name), id) where is_listed;
