import { test } from 'vitest'

type AddTest = (name: string, run: () => Promise<void>) => void

/** Vitest's `test`, or nothing: what a subject does not promise is not a test of it, also no skipped one. */
export function testIf(applies: boolean): AddTest {
  return applies ? test : () => undefined
}
