import { parseArgs } from 'node:util';
import { CodedError, type Logger, messageOf } from '@amphi/base';
import { describeDatabaseError, ensureDatabaseTemplate } from '@amphi/store';
import { backupCommand, healthCommand, restoreCommand } from './control/commands.ts';
import { doctorCommand } from './doctor/doctor-command.ts';
import { explainListenError, explainMediaPort } from './http/listen-errors.ts';
import { createLogger } from './logger.ts';
import { describeLinks } from './platform/links.ts';
import { EGRESS_PROGRAM, type RunningServer, startServer } from './server.ts';
import { readSettings, SettingsError } from './settings/read-settings.ts';
import type { Settings } from './settings.ts';
import { FAULT, MISCONFIGURED } from './supervisor/exit-status.ts';
import type { ServeMessage } from './supervisor/spare.ts';
import type { ListeningMessage } from './supervisor/supervise.ts';
import { describeLan, terminalCode } from './tls/lan.ts';

/** Sessions and streams get this long to end in order. */
const DRAIN_TIMEOUT_MS = 20_000;

/** One Ctrl+C may come twice: from the terminal, and passed on by npm or a supervisor. */
const SAME_SIGNAL_MS = 500;

/** What the supervisor says to a run that follows on a crash. */
interface Rerun {
  /** A person has the links already. */
  readonly isAgain: boolean;
  /** The one that the run before had, when the settings leave the choice to the system. */
  readonly port: number | undefined;
}

const { values, positionals } = parseArgs({
  options: {
    again: { type: 'boolean', default: false },
    port: { type: 'string' },
    spare: { type: 'boolean', default: false },
  },
  allowPositionals: true,
  // The commands have options of their own.
  strict: false,
});
const rerun: Rerun =
  values.spare === true
    ? await untilNeeded()
    : { isAgain: values.again === true, port: typeof values.port === 'string' ? Number(values.port) : undefined };
await main(positionals[0], positionals[1]);

/**
 * With `prepare` only does what can be done before the first start, to make that one fast; `backup FILE` and
 * `restore FILE` carry a server's data from one place to another; `doctor` looks at the machine, `health` at the server that runs.
 */
async function main(command: string | undefined, argument: string | undefined): Promise<void> {
  if (command === 'prepare') return ensureDatabaseTemplate();
  if (command === 'doctor') {
    const settings = settingsOrExit();
    process.exit(await doctorCommand(process.argv.slice(3), { settings, egressProgram: EGRESS_PROGRAM }));
  }
  if (command === 'backup') return runCommand(backupCommand, argument);
  if (command === 'restore') return runCommand(restoreCommand, argument);
  if (command === 'health') return runCommand((_none, { dataDir }) => healthCommand(dataDir), undefined);
  if (command !== undefined) {
    const known = '"prepare", "doctor", "health", "backup FILE", "restore FILE"';
    process.stderr.write(`unknown command "${command}"; there are ${known}, and none to run the server\n`);
    process.exit(1);
  }
  const given = settingsOrExit();
  const settings = given.port === 0 && rerun.port !== undefined ? { ...given, port: rerun.port } : given;
  const logger = createLogger(settings.logLevel);
  // Nobody would stop this server, or start it again. What it leaves is what a crash leaves.
  process.on('disconnect', () => {
    logger.error({}, 'the supervisor is gone');
    process.exit(FAULT);
  });
  const starting = startServer({ settings, logger });
  stopOnSignals(starting, logger);
  let server: RunningServer;
  try {
    server = await starting;
  } catch (error) {
    process.stderr.write(`\n${explain(error, settings)}\n\n`);
    // After a crash it had all it needs a moment ago: whoever holds that now may let it go again.
    process.exit(needsSomebody(error) && !rerun.isAgain ? MISCONFIGURED : FAULT);
  }
  process.send?.({ type: 'listening', port: server.port } satisfies ListeningMessage);
  if (rerun.isAgain) logger.info({ url: server.links.url }, 'the server runs again, under the same links');
  else await tell(server);
}

/** All is loaded and nothing taken yet: this process waits for the end of the one that serves, or ends with its supervisor. */
function untilNeeded(): Promise<Rerun> {
  const leave = (): never => process.exit(FAULT);
  process.once('disconnect', leave);
  return new Promise((resolve) => {
    process.once('message', (message) => {
      process.off('disconnect', leave);
      // Of our own supervisor, which is of the same build.
      resolve({ isAgain: true, port: (message as ServeMessage).port });
    });
    process.send?.({ type: 'loaded' });
  });
}

/** What a person who started the server wants to see. A code for phones only where it can be drawn. */
async function tell({ links, lan }: RunningServer): Promise<void> {
  process.stdout.write(describeLinks(links));
  if (lan === undefined) return;
  process.stdout.write(describeLan(lan));
  const link = links.rooms.broadcaster;
  if (process.stdout.isTTY && link !== undefined) {
    process.stdout.write(`  Broadcaster, for a phone:\n\n${await terminalCode(link)}\n\n`);
  }
}

async function runCommand(command: typeof backupCommand, argument: string | undefined): Promise<void> {
  const settings = settingsOrExit();
  try {
    process.stdout.write(`${await command(argument, settings, createLogger('warn'))}\n`);
  } catch (error) {
    process.stderr.write(`\n${error instanceof CodedError ? error.message : describeDatabaseError(error)}\n\n`);
    process.exit(1);
  }
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env, process.cwd());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`\nThe settings cannot be used:\n  ${error.message.replaceAll('\n', '\n  ')}\n\n`);
    process.exit(MISCONFIGURED);
  }
}

/**
 * The first signal ends the server in order, one after that at once. A fault that nobody caught ends it at once as well:
 * what it would do to end sessions and streams in order cannot be trusted, and the next run goes on with them.
 */
function stopOnSignals(starting: Promise<RunningServer>, logger: Logger): void {
  let stoppingSince: number | undefined;
  const stop = (why: Record<string, unknown>): void => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      if (now - stoppingSince > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    stoppingSince = now;
    logger.info(why, 'stopping');
    const overdue = setTimeout(() => {
      logger.error({ ms: DRAIN_TIMEOUT_MS }, 'could not stop in time');
      process.exit(1);
    }, DRAIN_TIMEOUT_MS);
    starting
      .then((server) => server.close())
      .then(
        () => {
          clearTimeout(overdue);
          logger.info({}, 'stopped');
          process.exit(0);
        },
        () => process.exit(1),
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop({ signal }));
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      const stack = error instanceof Error ? error.stack : undefined;
      logger.error({ error: describeDatabaseError(error), stack }, 'a fault that nobody caught');
      process.exit(FAULT);
    });
  }
}

/** Whether another start would fail the same way until somebody changes something. */
function needsSomebody(error: unknown): boolean {
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined };
  return (
    ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'in_use'].includes(code ?? '') || explainMediaPort(error) !== undefined
  );
}

/** What a person can do about a failed start. */
function explain(error: unknown, settings: Settings): string {
  const { port, host } = settings;
  const failure = explainListenError(error, { port, host, setting: 'AMPHI_PORT' }) ?? explainMediaPort(error);
  if (failure) return `${failure.problem}\n${failure.remedy}`;
  if (error instanceof CodedError) return `Amphi cannot start: ${error.message}`;
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EACCES') {
    return `${messageOf(error)}\nUse a data directory that is yours (AMPHI_DATA_DIR).`;
  }
  return `Amphi cannot start: ${describeDatabaseError(error)}\n${error instanceof Error ? error.stack : ''}`;
}
