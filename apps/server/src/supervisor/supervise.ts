import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from '@amphi/base';
import { FAULT, MISCONFIGURED, statusOf } from './exit-status.ts';
import { DEFAULT_RESTART_POLICY, decideRestart, type RestartPolicy } from './restart-policy.ts';
import { hasRoomForSpare, Spare } from './spare.ts';

/** What the server tells its supervisor, once it can be reached. */
export interface ListeningMessage {
  readonly type: 'listening';
  readonly port: number;
}

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A restart without the end of sessions, for an upgrade: the server is killed, and goes on as after a crash. */
const RESTART = 'SIGUSR2';

/**
 * Runs the server until it ends by somebody's wish, and starts it again when it ends otherwise. A first start that fails
 * is not tried again: whoever made it is looking at the reason. The server ends with this process, whose channel it
 * watches; what the server has started ends with the server.
 * @returns the exit status to end with
 */
export function supervise(options: {
  /** Module that runs the server. */
  readonly program: string;
  readonly logger: Logger;
  readonly policy?: RestartPolicy;
}): Promise<number> {
  const { program, logger, policy = DEFAULT_RESTART_POLICY } = options;
  const spare = new Spare({ program, afterMs: policy.spareAfterMs, logger });
  const crashes: number[] = [];
  let child: ChildProcess | undefined;
  /** It was reachable once, here: the next run takes the same port and does not greet again. */
  let port: number | undefined;
  let isStopping = false;
  let isRestarting = false;
  let cancelPause = (): void => {};

  return new Promise((resolve) => {
    const end = (status: number): void => {
      cancelPause();
      spare.discard();
      for (const signal of PASSED_ON) process.off(signal, passOn);
      process.off(RESTART, restart);
      resolve(status);
    };
    const passOn = (signal: NodeJS.Signals): void => {
      isStopping = true;
      if (child) child.kill(signal);
      else end(0);
    };
    const restart = (): void => {
      if (!child || port === undefined || isStopping) return;
      logger.info({ signal: RESTART }, 'the server is started anew; sessions and streams go on');
      isRestarting = true;
      // It is of the code of before.
      spare.discard();
      child.kill('SIGKILL');
    };
    const start = (): void => {
      const args = port === undefined ? [] : ['--again', '--port', String(port)];
      const waiting = port === undefined ? undefined : spare.take(port);
      const started = waiting ?? fork(program, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
      child = started;
      started.on('message', (message) => {
        if (!isListening(message)) return;
        port = message.port;
        if (hasRoomForSpare()) spare.prepare();
      });
      started.once('error', (error) => logger.error({ error: error.message }, 'the server cannot be run'));
      // After `error` there may be no `exit`; there is always a `close`.
      started.once('close', (code, signal) => {
        child = undefined;
        handleEnd(code, signal);
      });
    };
    const handleEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
      const status = statusOf(code, signal);
      if (isRestarting && !isStopping) {
        isRestarting = false;
        start();
        return;
      }
      const isFinal = isStopping || status === 0 || status === MISCONFIGURED || port === undefined;
      if (isFinal) {
        end(status);
        return;
      }
      crashes.push(performance.now());
      const decision = decideRestart(crashes, policy);
      const how = signal === null ? `ended with status ${status}` : `was killed by ${signal}`;
      if ('giveUp' in decision) {
        logger.error({ status, why: decision.giveUp }, `the server ${how} and is given up`);
        end(FAULT);
        return;
      }
      const delayMs = Math.round(decision.restartInMs);
      logger.error({ status, crashes: crashes.length }, `the server ${how}; it is started again in ${delayMs} ms`);
      const timer = setTimeout(start, delayMs);
      cancelPause = () => clearTimeout(timer);
    };
    for (const signal of PASSED_ON) process.on(signal, passOn);
    process.on(RESTART, restart);
    start();
  });
}

function isListening(message: unknown): message is ListeningMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}
