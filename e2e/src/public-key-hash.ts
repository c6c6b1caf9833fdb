import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';

/** SHA-256 of the public key that is shown there, base64, as Chromium's `--ignore-certificate-errors-spki-list` wants it. */
export async function publicKeyHashOf(base: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
