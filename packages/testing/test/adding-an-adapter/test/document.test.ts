import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const at = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('docs/adding-an-adapter.md shows the code of this adapter', () => {
  const document = at('../../../../../docs/adding-an-adapter.md')
  const shown = [...document.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)
  const files = ['../src/echo-chat.ts', '../src/wrap-echo.ts', 'echo.test.ts'].map((path) =>
    // There the client is a package.
    at(path).replace(/'\.[./a-z]*echo-client\.ts'/, "'echo-client'")
  )
  expect(shown).toEqual(files)
})
