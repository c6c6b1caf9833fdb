import type { KitId } from '@amphi/protocol';
import { Button, Card, Checkbox, ErrorNotice, Field, isolate, Select, TextInput, useToaster } from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { adviceFor } from '../api/advice.ts';
import { createApp } from '../api/platform.ts';
import { appQuery, appsQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { type AppDraft, checkDraft, type DraftProblems, requestFor } from './app-draft.ts';
import { likelyRegion, regions } from './regions.ts';
import { nextSubdomain, subdomainFromName } from './subdomain-from-name.ts';

/** Name, subdomain, region, and what the kit offers besides. */
export function CreateAppForm({ kit }: { kit: KitId }) {
  const [draft, setDraft] = useState<AppDraft>(() => ({
    name: '',
    subdomain: '',
    region: likelyRegion(Intl.DateTimeFormat().resolvedOptions().timeZone),
    webinarAudience: false,
    guestsOnStage: false,
  }));
  const [ownSubdomain, setOwnSubdomain] = useState(false);
  /** Fields are judged once they were left, so that nobody is scolded while typing the first letter. */
  const [judged, setJudged] = useState<{ name: boolean; subdomain: boolean }>({ name: false, subdomain: false });
  const fields = useRef<HTMLFormElement>(null);
  const focusOn = (name: 'name' | 'subdomain') =>
    fields.current?.querySelector<HTMLElement>(`[name="${name}"]`)?.focus();
  const create = useCreateApp(() => focusOn('subdomain'));

  const problems = checkDraft(draft);
  const taken = takenSubdomain(create.error, create.variables?.subdomain, draft.subdomain);
  const shown: DraftProblems = {
    ...(judged.name && problems.name !== undefined ? { name: problems.name } : {}),
    ...(judged.subdomain && problems.subdomain !== undefined ? { subdomain: problems.subdomain } : {}),
    ...(taken === undefined ? {} : { subdomain: `"${taken}" is taken. Choose another one.` }),
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setJudged({ name: true, subdomain: true });
    const first = problems.name !== undefined ? 'name' : problems.subdomain !== undefined ? 'subdomain' : undefined;
    if (first !== undefined) focusOn(first);
    else if (!create.isPending) create.mutate(requestFor(kit, draft));
  };

  return (
    <form ref={fields} noValidate onSubmit={submit} className="flex flex-col gap-5">
      <Card className="flex flex-col gap-6">
        <Field label="Name" hint="For you, in this dashboard." error={shown.name}>
          <TextInput
            name="name"
            autoComplete="off"
            placeholder="Town hall"
            value={draft.name}
            onChange={(event) => {
              const name = event.target.value;
              setDraft({ ...draft, name, ...(ownSubdomain ? {} : { subdomain: subdomainFromName(name) }) });
            }}
            onBlur={() => setJudged((was) => ({ ...was, name: was.name || draft.name !== '' }))}
            data-testid="app-name"
          />
        </Field>
        <div className="flex flex-col gap-2">
          <Field
            label="Subdomain"
            hint="Names this app in links and settings. Small letters, digits and “-”, unique on this server."
            error={shown.subdomain}
          >
            <TextInput
              name="subdomain"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="town-hall"
              value={draft.subdomain}
              onChange={(event) => {
                const subdomain = event.target.value.trim().toLowerCase();
                setOwnSubdomain(subdomain !== '');
                setDraft({ ...draft, subdomain });
                if (subdomain.length >= 3) setJudged((was) => ({ ...was, subdomain: true }));
              }}
              onBlur={() => setJudged((was) => ({ ...was, subdomain: was.subdomain || draft.subdomain !== '' }))}
              data-testid="app-subdomain"
            />
          </Field>
          {taken !== undefined && (
            <Button
              size="sm"
              className="self-start"
              onClick={() => {
                setOwnSubdomain(true);
                setDraft({ ...draft, subdomain: nextSubdomain(taken) });
              }}
              data-testid="use-suggestion"
            >
              Use {nextSubdomain(taken)}
            </Button>
          )}
        </div>
        <Field label="Region" hint="Where most of the people will be.">
          <Select
            value={draft.region}
            options={regions}
            onValueChange={(region) => setDraft({ ...draft, region })}
            data-testid="app-region"
          />
        </Field>
      </Card>
      {kit === 'live_streaming' && (
        <Card
          title="Who else takes part?"
          description="The kit brings broadcasters, and viewers who watch the stream."
          className="flex flex-col"
        >
          <Checkbox
            label="Webinar audience"
            hint={
              <>
                Adds the role <Role>viewer-realtime</Role>: watches without delay, in the same call as the broadcasters.
              </>
            }
            checked={draft.webinarAudience}
            onCheckedChange={(webinarAudience) => setDraft({ ...draft, webinarAudience })}
            data-testid="opt-webinar"
          />
          <Checkbox
            label="Guests on stage"
            hint={
              <>
                Adds the role <Role>viewer-on-stage</Role>: viewers can be brought up to speak and be seen.
              </>
            }
            checked={draft.guestsOnStage}
            onCheckedChange={(guestsOnStage) => setDraft({ ...draft, guestsOnStage })}
            data-testid="opt-guests"
          />
        </Card>
      )}
      {create.error !== null && !isConflict(create.error) && (
        <ErrorNotice
          title="The app was not created"
          message={adviceFor(create.error).message}
          details={adviceFor(create.error).details}
          data-testid="create-error"
        />
      )}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button asChild variant="quiet">
          <Link to="/apps/new">Back</Link>
        </Button>
        <Button type="submit" variant="primary" busy={create.isPending} data-testid="create-submit">
          Create app
        </Button>
      </div>
    </form>
  );
}

function Role({ children }: { children: string }) {
  return <code className="font-mono text-[0.9em] text-ink-soft">{children}</code>;
}

function useCreateApp(onTaken: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toaster = useToaster();
  return useMutation({
    mutationFn: createApp,
    onSuccess: (app) => {
      client.setQueryData(appQuery(app.id).queryKey, app);
      void client.invalidateQueries({ queryKey: appsQuery.queryKey, exact: true });
      toaster.show({
        tone: 'ok',
        title: `${isolate(app.name)} is ready`,
        description: 'Its room is open: join, or share a link.',
      });
      void navigate(`/apps/${app.id}`);
    },
    onError: (error) => {
      if (isConflict(error)) onTaken();
    },
  });
}

/** The subdomain the server refused as taken, as long as it still stands in the field. */
function takenSubdomain(error: Error | null, tried: string | undefined, present: string): string | undefined {
  return isConflict(error) && tried === present ? tried : undefined;
}

function isConflict(error: Error | null): boolean {
  return error instanceof RequestFailure && error.status === 409;
}
