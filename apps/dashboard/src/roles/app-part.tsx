import type { AppView, TemplateBody } from '@amphi/protocol';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { appQuery } from '../api/queries.ts';
import { templateQuery } from '../api/templates.ts';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';

/** A page below that of an app, about its template. */
export function AppPart({
  title,
  description,
  up,
  actions,
  children,
}: {
  title: string;
  description?: string;
  /** Where the way up leads, below the app. Default: the app. */
  up?: { readonly to: string; readonly name: string };
  actions?: ReactNode;
  children: (loaded: { readonly app: AppView; readonly template: TemplateBody }) => ReactNode;
}) {
  const id = useParams().appId ?? '';
  const app = useQuery(appQuery(id));
  const template = useQuery({ ...templateQuery(app.data?.templateId ?? ''), enabled: app.data !== undefined });
  const error = app.error ?? template.error;
  return (
    <Page
      title={title}
      {...(description === undefined ? {} : { description })}
      above={<BackLink to={`/apps/${id}${up?.to ?? ''}`}>{up?.name ?? app.data?.name ?? 'App'}</BackLink>}
      actions={actions}
    >
      {app.data !== undefined && template.data !== undefined && children({ app: app.data, template: template.data })}
      {(app.data === undefined || template.data === undefined) &&
        (error === null ? (
          <Loading what="the app" />
        ) : (
          <LoadFailed
            what="the app"
            error={error}
            onRetry={() => void (app.error === null ? template : app).refetch()}
          />
        ))}
    </Page>
  );
}
