import { levelOf, type Role } from '@amphi/protocol';
import {
  Badge,
  Button,
  Card,
  Checkbox,
  EmptyState,
  Field,
  LevelBadge,
  Select,
  Switch,
  TextInput,
  useToaster,
} from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { saveRole, templateQuery } from '../api/templates.ts';
import { LeaveDialog } from '../shell/leave-dialog.tsx';
import { NotSaved } from '../shell/not-saved.tsx';
import { useLeaveGuard } from '../shell/use-leave-guard.ts';
import { AppPart } from './app-part.tsx';
import {
  layersOfRole,
  problemsOf,
  withHearing,
  withKind,
  withLayer,
  withLayerCount,
  withPublish,
  withRole,
} from './draft.ts';
import { NumberField } from './number-field.tsx';
import { problemOfName } from './roles-page.tsx';
import { useForgetTemplate } from './use-forget-template.ts';
import { isOwn, permissionNames, publishKinds } from './words.tsx';

/** One role, field by field. */
export function RolePage() {
  const name = useParams().role ?? '';
  return (
    <AppPart title={name} up={{ to: '/roles', name: 'Roles' }}>
      {({ app, template }) => {
        const role = template.roles[name];
        if (role === undefined) {
          return (
            <EmptyState
              icon={<Users />}
              title="There is no such role"
              description="It was renamed or removed."
              action={
                <Button asChild>
                  <Link to={`/apps/${app.id}/roles`}>Go to the roles</Link>
                </Button>
              }
            />
          );
        }
        const others = Object.values(template.roles).filter((other) => isOwn(other.name));
        return <RoleForm key={name} appId={app.id} templateId={app.templateId} saved={role} roles={others} />;
      }}
    </AppPart>
  );
}

type Change = (next: Role) => void;

function RoleForm({
  appId,
  templateId,
  saved,
  roles,
}: {
  appId: string;
  templateId: string;
  saved: Role;
  roles: readonly Role[];
}) {
  const [edited, setEdited] = useState<Role>();
  const draft = edited ?? saved;
  const unsaved = JSON.stringify(draft) !== JSON.stringify(saved);
  /** The name it has by now: its page is another one. */
  const [movedTo, setMovedTo] = useState<string>();
  const blocker = useLeaveGuard(unsaved && movedTo === undefined);
  const forget = useForgetTemplate(templateId);
  const client = useQueryClient();
  const navigate = useNavigate();
  const toaster = useToaster();
  useEffect(() => {
    if (movedTo !== undefined) void navigate(`/apps/${appId}/roles/${encodeURIComponent(movedTo)}`, { replace: true });
  }, [movedTo, appId, navigate]);
  const taken = roles.map(({ name }) => name).filter((name) => name !== saved.name);
  const problems = { ...problemsOf(draft) };
  const nameProblem = problemOfName(draft.name, taken);
  if (nameProblem !== undefined) problems.name = nameProblem;
  const save = useMutation({
    mutationFn: (body: Role) => saveRole(templateId, saved.name, body),
    onSuccess: (role, sent) => {
      // What was typed meanwhile stays.
      setEdited((now) => (now === sent ? undefined : now));
      client.setQueryData(templateQuery(templateId).queryKey, (was) => was && withRole(was, role));
      toaster.show({ tone: 'ok', title: 'Role saved', description: 'It applies now.' });
      if (role.name !== saved.name) setMovedTo(role.name);
      void forget();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (unsaved && Object.keys(problems).length === 0 && !save.isPending) save.mutate(draft);
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-6">
      <Card
        title="Place"
        description="Applies now; people who are in a session get the new name with it."
        actions={<LevelBadge level={levelOf(draft)} />}
        className="flex flex-col"
      >
        <div className="grid gap-5 sm:grid-cols-3">
          <Field label="Name" hint="Join links and codes keep working." error={problems.name}>
            <TextInput
              value={draft.name}
              autoComplete="off"
              onChange={({ target }) => setEdited({ ...draft, name: target.value })}
              data-testid="role-name"
            />
          </Field>
          <Field
            label="Priority"
            hint="Who is kept when not all pictures fit. 1 is the highest."
            error={problems.priority}
          >
            <Select
              value={String(draft.priority)}
              options={Array.from({ length: 10 }, (_, at) => ({ value: String(at + 1), label: String(at + 1) }))}
              onValueChange={(value) => setEdited({ ...draft, priority: Number(value) })}
              data-testid="role-priority"
            />
          </Field>
          <NumberField
            label="At most"
            unit="people"
            hint="0: as many as come. −1: nobody. Counts for who joins from now on."
            value={draft.maxPeerCount}
            problem={problems.maxPeerCount}
            onChange={(maxPeerCount) => setEdited({ ...draft, maxPeerCount })}
            testId="role-max-peers"
          />
        </div>
      </Card>
      <Publishing draft={draft} problems={problems} onChange={setEdited} />
      <Hearing draft={draft} roles={roles} problems={problems} onChange={setEdited} />
      <Card title="May" description="Applies now.">
        <div className="grid gap-x-8 sm:grid-cols-2">
          {permissionNames.map(([key, words]) => (
            <Checkbox
              key={key}
              label={words}
              checked={draft.permissions[key]}
              onCheckedChange={(may) => setEdited({ ...draft, permissions: { ...draft.permissions, [key]: may } })}
              data-testid={`may-${key}`}
            />
          ))}
        </div>
      </Card>
      {save.error !== null && <NotSaved error={save.error} testId="role-error" />}
      <div className="sticky bottom-0 -mx-4 flex flex-col-reverse items-stretch gap-2 border-t border-line bg-page/92 px-4 py-3 backdrop-blur-sm sm:mx-0 sm:flex-row sm:items-center sm:justify-end sm:px-0">
        <span role="status" className="sm:mr-auto">
          {unsaved && (
            <Badge tone={Object.keys(problems).length > 0 ? 'danger' : 'warn'} data-testid="role-unsaved">
              {Object.keys(problems).length > 0 ? 'Something is not right yet' : 'Unsaved changes'}
            </Badge>
          )}
        </span>
        <Button variant="quiet" disabled={!unsaved || save.isPending} onClick={() => setEdited(undefined)}>
          Discard changes
        </Button>
        <Button
          type="submit"
          variant="primary"
          disabled={!unsaved || Object.keys(problems).length > 0}
          busy={save.isPending}
          data-testid="role-save"
        >
          Save role
        </Button>
      </div>
      <LeaveDialog blocker={blocker} what="this role" />
    </form>
  );
}

type Problems = Readonly<Record<string, string>>;

function Publishing({ draft, problems, onChange }: { draft: Role; problems: Problems; onChange: Change }) {
  const { allowed, audio } = draft.publishParams;
  return (
    <Card
      title="Sends"
      description="Whether it may be sent applies now. Sizes and rates count for cameras and screens that are started from now on."
      className="flex flex-col gap-5"
    >
      <Kind draft={draft} kind="audio" onChange={onChange} />
      {allowed.includes('audio') && (
        <NumberField
          className="sm:max-w-56"
          label="Sound"
          unit="kbit/s"
          value={audio.bitRate}
          problem={problems['publishParams.audio.bitRate']}
          onChange={(bitRate) => onChange(withPublish(draft, 'audio', { bitRate }))}
          testId="audio-bitRate"
        />
      )}
      <Kind draft={draft} kind="video" onChange={onChange} />
      {allowed.includes('video') && (
        <>
          <Picture draft={draft} kind="video" problems={problems} onChange={onChange} />
          <Layers draft={draft} problems={problems} onChange={onChange} />
        </>
      )}
      <Kind draft={draft} kind="screen" onChange={onChange} />
      {allowed.includes('screen') && <Picture draft={draft} kind="screen" problems={problems} onChange={onChange} />}
    </Card>
  );
}

function Kind({ draft, kind, onChange }: { draft: Role; kind: 'audio' | 'video' | 'screen'; onChange: Change }) {
  return (
    <Switch
      label={publishKinds[kind].name}
      checked={draft.publishParams.allowed.includes(kind)}
      onCheckedChange={(may) => onChange(withKind(draft, kind, may))}
      data-testid={`publishes-${kind}`}
    />
  );
}

const pictureFields = [
  ['width', 'Width', 'px'],
  ['height', 'Height', 'px'],
  ['frameRate', 'Pictures', 'a second'],
  ['bitRate', 'Rate', 'kbit/s'],
] as const;

function Picture({
  draft,
  kind,
  problems,
  onChange,
}: {
  draft: Role;
  kind: 'video' | 'screen';
  problems: Problems;
  onChange: Change;
}) {
  const picture = draft.publishParams[kind];
  return (
    <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
      {pictureFields.map(([field, label, unit]) => (
        <NumberField
          key={field}
          label={label}
          unit={unit}
          value={picture[field]}
          problem={problems[`publishParams.${kind}.${field}`]}
          onChange={(value) => onChange(withPublish(draft, kind, { [field]: value }))}
          testId={`${kind}-${field}`}
        />
      ))}
    </div>
  );
}

const layerNames = { f: 'Whole', h: 'Half', q: 'Quarter' } as const;
const layerFields = [
  ['scaleResolutionDownBy', 'Divided by', ''],
  ['maxBitrate', 'Rate', 'kbit/s'],
  ['maxFramerate', 'Pictures', 'a second'],
] as const;

/** A camera sent in several sizes at once, so that everyone gets what fits their line and tile. */
function Layers({ draft, problems, onChange }: { draft: Role; problems: Problems; onChange: Change }) {
  const layers = layersOfRole(draft);
  const { width, height } = draft.publishParams.video;
  return (
    <div className="flex flex-col gap-4 rounded-control border border-line bg-raised p-4">
      <Field
        label="Sizes of the camera at once"
        hint="More sizes cost the sender more, and let each receiver have the one that fits."
      >
        <Select
          className="sm:max-w-56"
          value={String(Math.max(1, layers.length))}
          options={[
            { value: '1', label: 'One' },
            { value: '2', label: 'Two' },
            { value: '3', label: 'Three' },
          ]}
          onValueChange={(count) => onChange(withLayerCount(draft, Number(count)))}
          data-testid="layer-count"
        />
      </Field>
      {layers.map((layer, index) => (
        <fieldset key={layer.rid} className="grid grid-cols-2 gap-4 border-t border-line pt-4 sm:grid-cols-3">
          <legend className="float-left contents text-sm font-medium">
            <span className="col-span-full">
              {layerNames[layer.rid]}
              <span className="ml-2 font-normal text-ink-faint">
                {Number.isFinite(width / layer.scaleResolutionDownBy) &&
                  `${Math.round(width / layer.scaleResolutionDownBy)} × ${Math.round(height / layer.scaleResolutionDownBy)}`}
              </span>
            </span>
          </legend>
          {layerFields.map(([field, label, unit]) => (
            <NumberField
              key={field}
              label={label}
              unit={unit}
              value={layer[field]}
              problem={problems[`publishParams.simulcast.video.layers.${index}.${field}`]}
              onChange={(value) => onChange(withLayer(draft, index, { [field]: value }))}
              testId={`layer-${layer.rid}-${field}`}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

function Hearing({
  draft,
  roles,
  problems,
  onChange,
}: {
  draft: Role;
  roles: readonly Role[];
  problems: Problems;
  onChange: Change;
}) {
  const speakers = roles.filter(({ publishParams }) => publishParams.allowed.length > 0);
  const { subscribeParams } = draft;
  return (
    <Card
      title="Receives"
      description="In real time, by WebRTC. Who receives nobody watches the composed stream. Applies now."
    >
      <div className="grid gap-x-8 gap-y-2 sm:grid-cols-2">
        <div>
          {speakers.map(({ name }) => (
            <Checkbox
              key={name}
              label={<bdi>{name}</bdi>}
              checked={subscribeParams.subscribeToRoles.includes(name)}
              onCheckedChange={(hears) => onChange(withHearing(draft, name, hears))}
              data-testid={`receives-${name}`}
            />
          ))}
          {speakers.length === 0 && <p className="text-[0.9375rem] text-ink-soft">No role sends anything yet.</p>}
        </div>
        <NumberField
          label="At most, all pictures together"
          unit="kbit/s"
          value={subscribeParams.maxSubsBitRate}
          problem={problems['subscribeParams.maxSubsBitRate']}
          onChange={(maxSubsBitRate) => onChange({ ...draft, subscribeParams: { ...subscribeParams, maxSubsBitRate } })}
          testId="max-subs-bitrate"
        />
      </div>
    </Card>
  );
}
