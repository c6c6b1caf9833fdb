import { describe, expect, it } from 'vitest';
import { type Pane, paneForm, shownPane } from './pane-form.ts';

const phone = { isWide: false, isFlat: false };
const phoneOnItsSide = { isWide: false, isFlat: true };
const desktop = { isWide: true, isFlat: false };

describe('form of the pane', () => {
  it.each([
    ['a viewer of a wide picture', { ...phone, isViewer: true, isTallPicture: false }, 'below'],
    ['a viewer of a tall picture', { ...phone, isViewer: true, isTallPicture: true }, 'on-picture'],
    ['a viewer whose phone is on its side', { ...phoneOnItsSide, isViewer: true, isTallPicture: false }, 'beside'],
    ['the same of a tall picture', { ...phoneOnItsSide, isViewer: true, isTallPicture: true }, 'beside'],
    ['somebody on stage', { ...phone, isViewer: false, isTallPicture: false }, 'over'],
    [
      'somebody on stage whose phone is on its side',
      { ...phoneOnItsSide, isViewer: false, isTallPicture: false },
      'over',
    ],
    ['a viewer at a desk', { ...desktop, isViewer: true, isTallPicture: true }, 'beside'],
    ['somebody on stage at a desk', { ...desktop, isViewer: false, isTallPicture: false }, 'beside'],
  ] as const)('%s', (_who, facts, form) => {
    expect(paneForm(facts)).toBe(form);
  });
});

describe('shown pane', () => {
  const all: readonly Pane[] = ['chat', 'people', 'polls'];

  it('is the chat until something was chosen, but not over a stage', () => {
    for (const form of ['beside', 'below', 'on-picture'] as const) expect(shownPane(undefined, form, all)).toBe('chat');
    expect(shownPane(undefined, 'over', all)).toBeUndefined();
  });

  it('is what was chosen; none leaves the picture alone, and below it there is always something', () => {
    for (const form of ['beside', 'over', 'below', 'on-picture'] as const)
      expect(shownPane('people', form, all)).toBe('people');
    for (const form of ['beside', 'over', 'on-picture'] as const) expect(shownPane('none', form, all)).toBeUndefined();
    expect(shownPane('none', 'below', all)).toBe('chat');
  });

  it('EMB2: is none that is left out; without any there is none', () => {
    expect(shownPane(undefined, 'beside', ['people'])).toBe('people');
    expect(shownPane('chat', 'below', ['people'])).toBe('people');
    expect(shownPane('chat', 'over', ['people'])).toBeUndefined();
    expect(shownPane(undefined, 'below', [])).toBeUndefined();
  });
});
