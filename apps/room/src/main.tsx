import { readJoinLink } from '@amphi/client';
import { applyStoredTheme, ErrorBoundary, UiProvider } from '@amphi/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CrashScreen } from './end/crash-screen.tsx';
import { RoomApp } from './room-app.tsx';
import './app.css';

applyStoredTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary fallback={(error) => <CrashScreen error={error} />}>
      <UiProvider toasts="top">
        <RoomApp link={readJoinLink(window.location.href)} />
      </UiProvider>
    </ErrorBoundary>
  </StrictMode>,
);
