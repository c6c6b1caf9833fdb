import { roomName } from '@amphi/protocol';
import { Badge, Button, Dialog, EmptyState, Field, Select, TextInput } from '@amphi/ui';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronRight, DoorOpen, Plus, Search, SearchX } from 'lucide-react';
import { type FormEvent, useDeferredValue, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { readApp } from '../api/platform.ts';
import { appsQuery } from '../api/queries.ts';
import { activeSessionsQuery, createRoom, listRooms, makeCodes, type Room, type Session } from '../api/rest.ts';
import { NotSaved } from '../shell/not-saved.tsx';
import { Page } from '../shell/page.tsx';
import { PagedList } from '../shell/paged-list.tsx';
import { dateTimeText } from '../shell/times.ts';
import { usePages } from '../shell/use-pages.ts';

type Shown = 'all' | 'true' | 'false';

/** All rooms, newest first: found by a part of their name, with who is in them now. */
export function RoomsPage() {
  const [params, setParams] = useSearchParams();
  const search = params.get('q') ?? '';
  const enabled = (params.get('enabled') ?? 'all') as Shown;
  const wanted = useDeferredValue(search.trim());
  const query = { search: wanted, enabled: enabled === 'all' ? undefined : enabled };
  const pages = usePages(['rooms', 'list', query], (start, signal) => listRooms(query, start, signal));
  const { data: active } = useQuery(activeSessionsQuery);
  const set = (name: string, value: string) =>
    setParams(
      (was) => {
        const next = new URLSearchParams(was);
        if (value === '' || value === 'all') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const filtered = wanted !== '' || enabled !== 'all';
  return (
    <Page
      title="Rooms"
      description="A room is where sessions happen. Its links stay the same from one session to the next."
      actions={<CreateRoom />}
    >
      <div className="flex flex-wrap gap-3">
        <Field label="Search" hideLabel className="min-w-48 flex-1">
          <TextInput
            type="search"
            placeholder="Name or id"
            prefix={<Search className="size-4.5" aria-hidden="true" />}
            value={search}
            onChange={({ target }) => set('q', target.value)}
            data-testid="rooms-search"
          />
        </Field>
        <Field label="Which" hideLabel className="w-44">
          <Select
            value={enabled}
            options={[
              { value: 'all', label: 'All rooms' },
              { value: 'true', label: 'Enabled' },
              { value: 'false', label: 'Disabled' },
            ]}
            onValueChange={(value) => set('enabled', value)}
            data-testid="rooms-enabled"
          />
        </Field>
      </div>
      <PagedList
        what="the rooms"
        pages={pages}
        empty={
          <div className="rounded-card border border-dashed border-line-strong">
            {filtered ? (
              <EmptyState icon={<SearchX />} title="No such room" description="No room has this in its name." />
            ) : (
              <EmptyState
                icon={<DoorOpen />}
                title="No room yet"
                description="Each app comes with a room. Make more of them here, or from your back end, one for each event."
                className="py-16"
              />
            )}
          </div>
        }
      >
        {(rooms) => (
          <ul
            className="flex flex-col divide-y divide-line overflow-hidden rounded-card border border-line bg-card"
            data-testid="rooms"
          >
            {rooms.map((room) => (
              <RoomRow key={room.id} room={room} session={active?.find(({ room_id }) => room_id === room.id)} />
            ))}
          </ul>
        )}
      </PagedList>
    </Page>
  );
}

function RoomRow({ room, session }: { room: Room; session: Session | undefined }) {
  const { data: apps } = useQuery(appsQuery);
  const app = apps?.find(({ id }) => id === room.app_id);
  return (
    <li>
      <Link
        to={`/rooms/${room.id}`}
        className="flex min-h-16 items-center gap-4 px-4 py-3 -outline-offset-2 hover:bg-sunken sm:px-5"
        data-testid={`room-link-${room.name}`}
      >
        <span className="flex min-w-0 flex-1 flex-col gap-0.5">
          <span className="flex flex-wrap items-center gap-2">
            <span className="min-w-0 font-semibold break-words">
              <bdi>{room.name}</bdi>
            </span>
            {session !== undefined && (
              <Badge tone="live" solid>
                {peopleText(Object.values(session.peers).filter(({ left_at }) => left_at === null).length)}
              </Badge>
            )}
            {!room.enabled && <Badge tone="warn">disabled</Badge>}
          </span>
          <span className="truncate text-sm text-ink-faint">
            {app?.name ?? 'App made by the API'} · {dateTimeText(room.created_at)}
            {room.description !== '' && ` · ${room.description}`}
          </span>
        </span>
        <ChevronRight className="size-5 shrink-0 text-ink-faint" aria-hidden="true" />
      </Link>
    </li>
  );
}

export function peopleText(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}

function CreateRoom() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="primary" icon={<Plus />} onClick={() => setOpen(true)} data-testid="create-room">
        Create room
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Create a room"
        description="It takes roles and the look of the stream from an app."
      >
        <CreateRoomForm />
      </Dialog>
    </>
  );
}

function CreateRoomForm() {
  const { data: apps } = useQuery({ ...appsQuery, placeholderData: keepPreviousData });
  const [appId, setAppId] = useState<string>();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [judged, setJudged] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const chosen = appId ?? apps?.[0]?.id;
  const problem =
    name === '' || roomName.safeParse(name).success
      ? undefined
      : 'Letters, digits, “.”, “-”, “:” and “_” only, at most 120.';
  const create = useMutation({
    mutationFn: async (ofApp: string) => {
      const { templateId } = await readApp(ofApp, AbortSignal.timeout(20_000));
      const room = await createRoom({ template_id: templateId, ...(name === '' ? {} : { name }), description });
      await makeCodes(room.id);
      return room;
    },
    onSuccess: (room) => {
      void client.invalidateQueries({ queryKey: ['rooms', 'list'] });
      void navigate(`/rooms/${room.id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setJudged(true);
    if (problem === undefined && chosen !== undefined && !create.isPending) create.mutate(chosen);
  };
  if (apps?.length === 0) {
    return (
      <p className="text-[0.9375rem] text-ink-soft">
        There is no app yet:{' '}
        <Link to="/apps/new" className="text-accent underline">
          create one first
        </Link>
        .
      </p>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label="App">
        <Select
          value={chosen ?? ''}
          options={(apps ?? []).map(({ id, name: label }) => ({ value: id, label }))}
          onValueChange={setAppId}
          data-testid="room-app"
        />
      </Field>
      <Field label="Name" optional hint="An existing name opens that room." error={judged ? problem : undefined}>
        <TextInput
          value={name}
          autoComplete="off"
          placeholder="friday-show"
          onChange={({ target }) => setName(target.value.trim())}
          data-testid="room-name"
        />
      </Field>
      <Field label="Description" optional>
        <TextInput
          value={description}
          maxLength={1000}
          onChange={({ target }) => setDescription(target.value)}
          data-testid="room-description"
        />
      </Field>
      {create.error !== null && <NotSaved error={create.error} testId="create-room-error" />}
      <Button type="submit" variant="primary" busy={create.isPending} data-testid="create-room-submit">
        Create room
      </Button>
    </form>
  );
}
