import type { AppView, LookView, RoomLook, RoomTheme } from '@amphi/protocol';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  EmptyState,
  Field,
  RadioCards,
  Select,
  TextInput,
  useToaster,
} from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useParams } from 'react-router';
import { saveLook } from '../api/platform.ts';
import { appQuery, lookQuery } from '../api/queries.ts';
import { BackLink } from '../shell/back-link.tsx';
import { ImageField } from '../shell/image-field.tsx';
import { LeaveDialog } from '../shell/leave-dialog.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { NotSaved } from '../shell/not-saved.tsx';
import { useOwner } from '../shell/owner-only.tsx';
import { Page } from '../shell/page.tsx';
import { useLeaveGuard } from '../shell/use-leave-guard.ts';
import { logoOf } from './logo-file.ts';
import { isSame, problemsOf, roleOfProblem, THEMES, warningOf, withField, withRole } from './look-draft.ts';
import { LookPicture } from './look-picture.tsx';
import { RoleFields } from './role-fields.tsx';

/** How the room of an app looks: logo, colours, and what each role sees. */
export function LookPage() {
  const id = useParams().appId ?? '';
  const app = useQuery(appQuery(id));
  const look = useQuery(lookQuery(id));
  const error = app.error ?? look.error;
  return (
    <Page
      title="Room app"
      description="How its pages look, and what each role finds on them. For our room app, and for ready-made rooms of the public SDK."
      above={<BackLink to={`/apps/${id}`}>{app.data?.name ?? 'App'}</BackLink>}
    >
      {app.data && look.data ? (
        <LookForm key={id} app={app.data} look={look.data} />
      ) : error === null ? (
        <Loading what="the look" />
      ) : (
        <LoadFailed what="the look" error={error} onRetry={() => void (app.error === null ? look : app).refetch()} />
      )}
    </Page>
  );
}

function LookForm({ app, look: { saved, defaults } }: { app: AppView; look: LookView }) {
  const client = useQueryClient();
  const toaster = useToaster();
  const mayChange = useOwner().role !== 'viewer';
  const roles = app.roles.filter(({ name }) => defaults[name] !== undefined);
  const [edited, setEdited] = useState<RoomLook>();
  const [roleName, setRoleName] = useState(roles[0]?.name ?? '');
  const [showsProblems, setShowsProblems] = useState(false);
  const [asksToReset, setAsksToReset] = useState(false);
  const draft = edited ?? saved;
  const unsaved = !isSame(draft, saved);
  const blocker = useLeaveGuard(unsaved);
  const save = useMutation({
    mutationFn: (body: RoomLook) => saveLook(app.id, body),
    onSuccess: (answer, sent) => {
      client.setQueryData(lookQuery(app.id).queryKey, answer);
      // What was typed meanwhile stays.
      setEdited((now) => (now === sent ? undefined : now));
      setShowsProblems(false);
      toaster.show({ tone: 'ok', title: 'Look saved', description: 'Who opens the room from now on sees it.' });
    },
  });
  const problems = problemsOf(draft);
  const problemAt = (path: string): string | undefined => (showsProblems ? problems.get(path) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!unsaved || save.isPending) return;
    setShowsProblems(true);
    if (problems.size === 0) save.mutate(draft);
    else setRoleName(roleOfProblem(problems, [roleName, ...roles.map(({ name }) => name)]) ?? roleName);
  };
  const role = roles.find(({ name }) => name === roleName) ?? roles[0];
  const own = role && defaults[role.name];
  if (!role || !own) {
    return <EmptyState icon={<Users />} title="No roles" description="Add a role, and say here what it sees." />;
  }
  const said = draft.roles[role.name] ?? {};
  const setTheme = (theme: RoomTheme | undefined): void => setEdited(withPart(draft, 'theme', theme));
  return (
    <form onSubmit={submit} noValidate className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <fieldset disabled={!mayChange} className="contents">
        <div className="flex min-w-0 flex-col gap-6">
          <Card title="For everyone">
            <div className="flex flex-col gap-5">
              <ImageField
                label="Logo"
                image={draft.logo}
                accept="image/*"
                read={logoOf}
                hint="Any image; it is made as small as it is shown. Without one, the room has Amphi's."
                usable="an image with the detail of a logo can."
                onImage={(logo) => setEdited(withPart(draft, 'logo', logo))}
                testId="look-logo"
              />
              <Field label="Colours">
                <RadioCards
                  shape="compact"
                  className="sm:grid-cols-3"
                  value={draft.theme?.mode ?? 'own'}
                  options={themeOptions}
                  onValueChange={(mode) => setTheme(mode === 'own' ? undefined : THEMES[mode])}
                  data-testid="look-theme"
                />
              </Field>
              {draft.theme && (
                <ThemeFields theme={draft.theme} onChange={setTheme} problem={problemAt('theme.background')} />
              )}
              <Field
                label="Font"
                hint="Its name. Who has it on their machine sees it; the others see ours."
                error={problemAt('font')}
                optional
              >
                <TextInput
                  value={draft.font ?? ''}
                  placeholder="Inter"
                  autoComplete="off"
                  onChange={({ target }) => setEdited(withPart(draft, 'font', target.value || undefined))}
                  data-testid="look-font"
                />
              </Field>
            </div>
          </Card>
          <div className="flex flex-wrap items-end justify-between gap-3">
            <Field label="What is seen by" className="min-w-52">
              <Select
                value={role.name}
                options={roles.map(({ name }) => ({ value: name, label: name }))}
                onValueChange={setRoleName}
                data-testid="look-role"
              />
            </Field>
            <Button
              variant="quiet"
              disabled={draft.roles[role.name] === undefined}
              onClick={() => setEdited(withRole(draft, role.name, {}))}
              data-testid="look-reset-role"
            >
              Reset this role
            </Button>
          </div>
          <RoleFields
            key={role.name}
            defaults={own}
            said={said}
            roles={roles}
            onChange={(field, value) => setEdited(withField(draft, own, [role.name, field], value))}
            problemOf={(field) => problemAt(`roles.${role.name}.${field}`)}
          />
        </div>
        <div className="flex flex-col gap-4 lg:sticky lg:top-24">
          <LookPicture look={draft} role={{ ...own, ...said }} level={role.level} />
          <span role="status" className="flex flex-wrap gap-2 empty:hidden">
            {unsaved && (
              <Badge tone="warn" data-testid="look-unsaved">
                Unsaved changes
              </Badge>
            )}
            {showsProblems && problems.size > 0 && (
              <Badge tone="danger" data-testid="look-problems">
                {problems.size === 1 ? 'One field is wrong' : `${problems.size} fields are wrong`}
              </Badge>
            )}
          </span>
          {save.error !== null && <NotSaved error={save.error} testId="look-error" />}
          {mayChange && (
            <div className="flex flex-col gap-2">
              <Button type="submit" variant="primary" disabled={!unsaved} busy={save.isPending} data-testid="look-save">
                Save the look
              </Button>
              <Button
                variant="quiet"
                disabled={!unsaved || save.isPending}
                onClick={() => {
                  setEdited(undefined);
                  setShowsProblems(false);
                  save.reset();
                }}
                data-testid="look-discard"
              >
                Discard changes
              </Button>
              <Button
                variant="quiet"
                disabled={isSame(draft, NOTHING)}
                onClick={() => setAsksToReset(true)}
                data-testid="look-reset"
              >
                Reset everything
              </Button>
            </div>
          )}
        </div>
      </fieldset>
      <ConfirmDialog
        open={asksToReset}
        onOpenChange={setAsksToReset}
        title="Reset the look of this room?"
        description="Logo, colours and what was said of each role go back to how they are by themselves, once you save."
        confirmLabel="Reset"
        onConfirm={() => setEdited(NOTHING)}
      />
      <LeaveDialog blocker={blocker} what="the look" />
    </form>
  );
}

function ThemeFields({
  theme,
  onChange,
  problem,
}: {
  theme: RoomTheme;
  onChange: (theme: RoomTheme) => void;
  problem: string | undefined;
}) {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Background" error={problem}>
          <TextInput
            type="color"
            value={theme.background}
            onChange={({ target }) => onChange({ ...theme, background: target.value })}
            data-testid="look-background"
          />
        </Field>
        <Field label="Buttons">
          <TextInput
            type="color"
            value={theme.accent}
            onChange={({ target }) => onChange({ ...theme, accent: target.value })}
            data-testid="look-accent"
          />
        </Field>
      </div>
      <p role="status" className="text-sm text-warn empty:hidden" data-testid="look-warning">
        {warningOf(theme)}
      </p>
      <p className="text-sm text-ink-faint">
        All other colours are made from these two, so that every text can be read. Who has chosen the other brightness
        for themselves sees ours.
      </p>
    </div>
  );
}

function withPart<Part extends 'logo' | 'theme' | 'font'>(
  look: RoomLook,
  part: Part,
  value: RoomLook[Part] | undefined,
): RoomLook {
  const { [part]: _, ...rest } = look;
  return { ...rest, roles: look.roles, ...(value !== undefined && { [part]: value }) };
}

const NOTHING: RoomLook = { roles: {} };

const themeOptions = [
  { value: 'own', title: 'Ours', testId: 'look-theme-own' },
  { value: 'dark', title: 'Dark', testId: 'look-theme-dark' },
  { value: 'light', title: 'Light', testId: 'look-theme-light' },
] as const;
