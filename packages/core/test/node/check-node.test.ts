import { expect, test } from 'vitest'
import { checkNode } from '../../src/node/check-node.ts'

test('a Node that is too old is told so in one sentence, and no other runtime is', () => {
  expect(() => checkNode({ node: '20.20.2' })).toThrow(
    'slm-audit needs Node 22.18 or later, and this is Node 20.20.2; update Node'
  )
  const others = [{ node: '24.1.0' }, { node: '20.0.0', bun: '1' }, { node: '20.0.0', deno: '2' }]
  for (const versions of others) expect(() => checkNode(versions)).not.toThrow()
  expect(() => checkNode()).not.toThrow()
})
