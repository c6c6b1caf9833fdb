import { expect, it } from 'vitest';
import { LatestUpload } from './latest-upload.ts';

it('EG40: sends one sheet at a time, of those that wait the last, and goes on after a failure', async () => {
  const sent: number[] = [];
  const failures: unknown[] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const upload = new LatestUpload<number>(
    (item) => {
      sent.push(item);
      return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
    },
    (error) => failures.push(error),
  );
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (const item of [1, 2, 3, 4]) upload.push(item);
  expect(sent).toEqual([1]);
  answers[0]!.reject(new Error('no answer'));
  await settled();
  expect(sent).toEqual([1, 4]);
  expect(failures).toHaveLength(1);
  answers[1]!.resolve();
  await settled();
  upload.push(5);
  expect(sent).toEqual([1, 4, 5]);
});
