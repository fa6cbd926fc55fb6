-- A booking is a visit: a line for each service, in the order in which they are done. Lines are read
-- and written with their booking and never alone, so they are a document in its row, in the form
-- in which the domain writes them.
create function pg_temp.parts_of(parts smallint[], starts timestamptz, ends timestamptz)
returns jsonb language sql as $$
    select jsonb_agg(jsonb_build_object('minutes', abs(minutes), 'hands_on', minutes > 0)
                     order by place)
    from unnest(coalesce(parts, array[extract(epoch from ends - starts)::int / 60]::smallint[]))
         with ordinality p(minutes, place)
$$;
create function pg_temp.minutes(starts timestamptz, ends timestamptz)
returns int language sql as $$ select extract(epoch from ends - starts)::int / 60 $$;

alter table bookings add column lines jsonb;
update bookings set lines = jsonb_build_array(jsonb_build_object(
    'guest', 0, 'service', service, 'staff', staff, 'chosen', 'named',
    'start', to_jsonb(starts_at at time zone 'UTC') #>> '{}' || 'Z',
    'timing', jsonb_build_object(
        'parts', pg_temp.parts_of(parts, starts_at, ends_at),
        'buffer_before', pg_temp.minutes(claim_starts_at, starts_at),
        'buffer_after', pg_temp.minutes(ends_at, claim_ends_at)),
    'price', jsonb_build_object('amount', price_paise, 'currency', 'INR')));
alter table bookings
    alter column lines set not null,
    drop column service, drop column staff, drop column claim_starts_at, drop column claim_ends_at,
    drop column price_paise, drop column parts;

-- Answers to bookings that were kept for retries have the same form.
update replays set answer = answer - '{service,staff,window,timing,price}'::text[]
    || jsonb_build_object('lines', jsonb_build_array(jsonb_build_object(
        'guest', 0, 'service', answer -> 'service', 'staff', answer -> 'staff',
        'chosen', 'named', 'start', answer -> 'window' -> 'start',
        'timing', answer -> 'timing', 'price', answer -> 'price')))
where answer ? 'window';

-- Whose time is taken is told by a diary, which is named after its professional. A visit may take
-- time in several diaries at once.
alter table claims rename column staff to diary;
alter table claims drop constraint claims_pkey;
alter table claims add primary key (booking, diary, starts_at);
alter index claims_of_staff rename to claims_of_diary;
alter table diary_days rename column staff to diary;

-- What differs by professional: how long a service takes, part by part, and its price.
alter table skills add column parts smallint[];
alter table skills add column price_paise bigint check (price_paise >= 0);
