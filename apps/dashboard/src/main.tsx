import { applyStoredTheme } from '@amphi/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Dashboard } from './dashboard.tsx';
import './app.css';

applyStoredTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Dashboard />
  </StrictMode>,
);
