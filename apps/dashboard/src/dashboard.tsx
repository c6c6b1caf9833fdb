import { ErrorBoundary, UiProvider } from '@amphi/ui';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { DataRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';

/**
 * The whole program: data, routes, components. The router is made outside of React, because it begins to work, and may
 * use up a sign-in code, as soon as it exists.
 */
export function Dashboard({ client, router }: { client: QueryClient; router: DataRouter }) {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={client}>
        <UiProvider>
          <RouterProvider router={router} />
        </UiProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
