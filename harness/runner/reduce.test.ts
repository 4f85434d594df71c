import { expect, test } from 'vitest';
import { reduced } from './reduce.ts';

const never = (): boolean => false;

const has = (needed: readonly number[]) => (places: readonly number[]) =>
  Promise.resolve(needed.every((place) => places.includes(place)));

test('what is needed stays, and nothing else', async () => {
  expect(await reduced(40, has([3, 17, 18]), never)).toEqual([3, 17, 18]);
});

test('one is left of those of which one is enough', async () => {
  const places = await reduced(
    30,
    (places) => Promise.resolve(places.some((place) => place % 7 === 0)),
    never,
  );
  expect(places).toHaveLength(1);
});

test('when the time is over what is left so far is the answer', async () => {
  let asked = 0;
  const fails = async (): Promise<boolean> => ++asked > 0;
  expect(await reduced(16, fails, () => asked > 0)).toHaveLength(8);
});
