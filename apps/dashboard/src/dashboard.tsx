import { ErrorBoundary, UiProvider } from '@amphi/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient } from './api/queries.ts';
import { createDashboardRouter } from './router.tsx';

/** The whole program: data, routes, components. */
export function Dashboard() {
  const [{ client, router }] = useState(() => {
    const client = createQueryClient();
    return { client, router: createDashboardRouter(client) };
  });
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
