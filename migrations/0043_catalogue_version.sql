-- How often what can be booked of a salon has changed: what a process remembers of a salon is good as
-- long as this says so (ADR 0031). Raised by the tables themselves, so that no statement forgets.
alter table salons add column catalogue_version bigint not null default 1;

create function salon_changes() returns trigger language plpgsql as $$
begin
    new.catalogue_version := old.catalogue_version + 1;
    return new;
end $$;

create trigger salon_changes before update on salons for each row
    when (old.catalogue_version = new.catalogue_version and old is distinct from new)
    execute function salon_changes();

create function catalogue_changes() returns trigger language plpgsql as $$
declare
    row_of record := coalesce(new, old);
    changed uuid;
begin
    changed := case tg_table_name
        when 'skills' then (select salon from services where id = (to_jsonb(row_of) ->> 'service')::uuid)
        when 'units' then (select salon from resources where id = (to_jsonb(row_of) ->> 'resource')::uuid)
        else (to_jsonb(row_of) ->> 'salon')::uuid
    end;
    update salons set catalogue_version = catalogue_version + 1 where id = changed;
    return null;
end $$;

create trigger catalogue_changes after insert or update or delete on services
    for each row execute function catalogue_changes();
create trigger catalogue_changes after insert or update or delete on staff
    for each row execute function catalogue_changes();
create trigger catalogue_changes after insert or update or delete on skills
    for each row execute function catalogue_changes();
create trigger catalogue_changes after insert or update or delete on resources
    for each row execute function catalogue_changes();
create trigger catalogue_changes after insert or update or delete on units
    for each row execute function catalogue_changes();
