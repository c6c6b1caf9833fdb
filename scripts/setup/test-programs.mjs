import { existsSync, readdirSync } from 'node:fs';
import { ensurePackages, isExecutable, isOnPath } from './debian-packages.mjs';
import { SetupError } from './setup-error.mjs';

/** Where Debian puts Chromium, and where the tests look for it unless AMPHI_CHROMIUM names another. */
const CHROMIUM = '/usr/bin/chromium';

/** With RTMP, FLV, H.264 and AAC: its tools and the plugins of `rtmp2sink`, `flvmux`, `x264enc` and `voaacenc`. */
const GSTREAMER = ['tools', 'plugins-base', 'plugins-good', 'plugins-bad', 'plugins-ugly'].map(
  (part) => `gstreamer1.0-${part}`,
);
const NGINX_RTMP = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/**
 * Makes sure that the programs are there that only the tests run.
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was done
 * @throws {SetupError}
 */
export async function ensureTestPrograms(env, progress) {
  const given = env.AMPHI_CHROMIUM;
  if (given && !isExecutable(given)) {
    throw new SetupError(`AMPHI_CHROMIUM is "${given}", which is no program that can be run.`, [
      'Give the absolute path of a Chromium, or unset it to use the one of Debian.',
    ]);
  }
  const missing = [
    ...(isExecutable(given || CHROMIUM) ? [] : ['chromium']),
    ...(hasPostgresServer() ? [] : ['postgresql']),
    ...(isOnPath('turnserver') ? [] : ['coturn']),
    ...(isOnPath('openssl') ? [] : ['openssl']),
    ...(isOnPath('pebble') && isOnPath('pebble-challtestsrv') ? [] : ['pebble']),
    ...(isOnPath('xz') ? [] : ['xz-utils']),
    ...(isOnPath('gst-launch-1.0') ? [] : GSTREAMER),
    ...(existsSync(NGINX_RTMP) ? [] : ['libnginx-mod-rtmp']),
    ...(isOnPath('ffmpeg') && isOnPath('ffprobe') ? [] : ['ffmpeg']),
  ];
  if (missing.length === 0) return 'there';
  await ensurePackages(missing, 'for the tests', progress);
  return `installed ${missing.join(', ')}`;
}

/** Debian keeps the server's programs off the path, one folder a version. The tests start a private server with them. */
function hasPostgresServer() {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) && readdirSync(folder).some((version) => isExecutable(`${folder}/${version}/bin/initdb`));
}
