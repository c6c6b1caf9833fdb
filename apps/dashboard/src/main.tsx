import { applyStoredTheme } from '@amphi/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queries.ts';
import { Dashboard } from './dashboard.tsx';
import { createDashboardRouter } from './router.tsx';
import './app.css';

applyStoredTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');
const client = createQueryClient();
const router = createDashboardRouter(client);
createRoot(root).render(
  <StrictMode>
    <Dashboard client={client} router={router} />
  </StrictMode>,
);
