import { expect, test } from 'vitest'
import { adapterFiles } from '../../../scripts/new-adapter.ts'

test('a new adapter is a folder of its own and one page', () => {
  process.chdir(new URL('../../..', import.meta.url).pathname)
  const files = adapterFiles('big-brain')
  const outside = Object.keys(files).filter((file) => !file.startsWith('packages/adapters/'))
  expect(outside).toEqual(['docs/adapters/big-brain.md'])
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining([
      'packages/adapters/big-brain/package.json',
      'packages/adapters/big-brain/src/index.ts',
      'packages/adapters/big-brain/src/big-brain-chat.ts',
      'packages/adapters/big-brain/src/wrap-big-brain.ts',
      'packages/adapters/big-brain/fixtures/streamed/SOURCE.md',
      'packages/adapters/big-brain/test/big-brain.test.ts'
    ])
  )
  expect(files['packages/adapters/big-brain/src/index.ts']).toContain('wrapBigBrain')
  // What is left of the example is the address that its fixtures and its client agree on.
  const left =
    Object.values(files)
      .join('\n')
      .match(/.*echo.*/gi) ?? []
  expect(left.filter((line) => !/\/echo|echo-2|echo\.example/.test(line))).toEqual([])
})
