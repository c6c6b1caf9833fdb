import { readJoinLink } from '@amphi/client';
import { applyStoredTheme, ErrorBoundary, UiProvider } from '@amphi/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { parentPage } from './embedding/parent-page.ts';
import { CrashScreen } from './end/crash-screen.tsx';
import { PageOptionsProvider, readPageOptions } from './page/page-options.ts';
import { RoomApp } from './room-app.tsx';
import './app.css';

const options = readPageOptions(window.location.href);
applyStoredTheme(options.theme);

const parent = options.parentOrigin === undefined ? undefined : parentPage(window, options.parentOrigin);

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary fallback={(error) => <CrashScreen error={error} />}>
      <UiProvider toasts="top">
        <PageOptionsProvider value={options}>
          <RoomApp link={readJoinLink(window.location.href)} parent={parent} />
        </PageOptionsProvider>
      </UiProvider>
    </ErrorBoundary>
  </StrictMode>,
);
parent?.tell({ name: 'ready', detail: {} });
