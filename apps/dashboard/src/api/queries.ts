import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import {
  listApps,
  listKeys,
  listKits,
  listMembers,
  readApp,
  readDeveloper,
  readDoctor,
  readLook,
  readSession,
  readWebhook,
} from './platform.ts';
import { RequestFailure } from './request.ts';

/** What the pages read. One key per answer of the platform API. */

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: 60_000,
});

export const kitsQuery = queryOptions({
  queryKey: ['kits'],
  queryFn: ({ signal }) => listKits(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const appsQuery = queryOptions({ queryKey: ['apps'], queryFn: ({ signal }) => listApps(signal) });

export const appQuery = (id: string) =>
  queryOptions({ queryKey: ['apps', id], queryFn: ({ signal }) => readApp(id, signal) });

export const lookQuery = (id: string) =>
  queryOptions({ queryKey: ['apps', id, 'look'], queryFn: ({ signal }) => readLook(id, signal) });

export const developerQuery = queryOptions({
  queryKey: ['developer'],
  queryFn: ({ signal }) => readDeveloper(signal),
  /** The token in it is valid for a day; the secret should not outlive the page. */
  staleTime: 60 * 60_000,
  gcTime: 0,
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => listKeys(signal),
  gcTime: 0,
});

export const membersQuery = queryOptions({ queryKey: ['members'], queryFn: ({ signal }) => listMembers(signal) });

export const webhookQuery = queryOptions({
  queryKey: ['webhook'],
  queryFn: ({ signal }) => readWebhook(signal),
  /** Its headers are secrets, too. */
  gcTime: 0,
});

export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => readDoctor(signal),
  /** Often enough to see it go on. */
  refetchInterval: ({ state: { data } }) => (data != null && data.finishedAt === undefined ? 700 : false),
});

/**
 * A client that tries once more when the server did not answer or failed, and that knows the owner is signed out
 * as soon as any read is answered by 401.
 */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof RequestFailure && error.status === 401) client.setQueryData(sessionQuery.queryKey, null);
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 1 && isTransient(error),
        retryDelay: 700,
        staleTime: 10_000,
      },
    },
  });
  return client;
}

function isTransient(error: Error): boolean {
  return error instanceof RequestFailure && (error.kind === 'unreachable' || error.status >= 500);
}
