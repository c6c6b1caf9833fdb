import { describe, expect, it } from 'vitest';
import { draftOf, missingIn, uploadOf } from './storage-draft.ts';

const upload = {
  type: 's3' as const,
  location: 'shows',
  prefix: 'amphi',
  options: { region: 'eu-central-1' },
  credentials: { key: 'AK', secretKey: '' },
};

describe('DSH8: a bucket', () => {
  it('is read into a form and back, without what is empty', () => {
    const draft = draftOf(upload);
    expect(draft).toMatchObject({ enabled: true, endpoint: '', bucket: 'shows', secret: '' });
    expect(uploadOf(draft)).toEqual(upload);
    expect(uploadOf({ ...draft, endpoint: ' https://s3.example.org ', region: '' })?.options).toEqual({
      endpoint: 'https://s3.example.org',
    });
    expect(uploadOf(draftOf(undefined))).toBeUndefined();
  });

  it('needs a name, a key, and the secret of a key that is another', () => {
    const none = draftOf(undefined);
    const saved = draftOf(upload);
    expect(missingIn(none, none)).toEqual({});
    expect(Object.keys(missingIn({ ...none, enabled: true }, none))).toEqual(['bucket', 'key', 'secret']);
    expect(missingIn(saved, saved)).toEqual({});
    expect(Object.keys(missingIn({ ...saved, key: 'AK2' }, saved))).toEqual(['secret']);
    expect(missingIn({ ...saved, key: 'AK2', secret: 's' }, saved)).toEqual({});
  });
});
