import { AmphiMark, Button, EmptyState } from '@amphi/ui';
import { Link } from 'react-router';
import { Page } from './page.tsx';

/** For addresses that lead nowhere. */
export function NotFoundPage() {
  return (
    <Page title="Nothing here">
      <EmptyState
        icon={<AmphiMark className="size-12" />}
        title="There is no such page"
        description="The link may be old, or mistyped."
        action={
          <Button asChild>
            <Link to="/">Go to your apps</Link>
          </Button>
        }
      />
    </Page>
  );
}
