import type { TestPage } from '@amphi/testkit';

/** Goes in by a join link, past the preview. */
export async function enterRoom(person: TestPage, link: string, name: string): Promise<void> {
  await person.page.goto(`${link}?name=${name}`);
  await person.page.getByTestId('preview-join').click({ timeout: 20_000 });
}
