import { type NamedUser, Pseudonyms } from '@slm-audit/core/subjects'
import { expect, test } from 'vitest'

const SECRET = new Uint8Array(32)

/** A row whose header has a user in its context. */
function row(user: string) {
  return {
    auditId: 'a-1',
    subject: { user },
    head: `"context":{"user":${JSON.stringify(user)}}`
  }
}

/** The users that headers have once pseudonyms are applied to rows. */
async function namedIn(names: Pseudonyms, users: readonly string[]): Promise<string[]> {
  const rows = await names.applied(users.map(row))
  return rows.map(({ head }) => JSON.parse(`{${head}}`).context.user)
}

const nameOf = ({ user }: NamedUser) => `p-of ${user}`

test('a user goes by the pseudonym also beside new users for whom those in memory make room', async () => {
  const names = new Pseudonyms({ pseudonymsOf: (users) => users.map(nameOf) }, SECRET)
  const all = Array.from({ length: 9_999 }, (_, at) => `u-${at}`)
  expect(await namedIn(names, ['ann', ...all])).toEqual(
    ['ann', ...all].map((user) => `p-of ${user}`)
  )
  expect(await namedIn(names, ['ann', 'bob'])).toEqual(['p-of ann', 'p-of bob'])
  expect(await namedIn(names, ['ann'])).toEqual(['p-of ann'])
})

test('a user goes by the pseudonym where all are forgotten while the store is asked for others', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isAsked = false
  const store = {
    async pseudonymsOf(users: readonly NamedUser[]) {
      if (users.some(({ user }) => user === 'bob')) {
        isAsked = true
        await promise
      }
      return users.map(nameOf)
    }
  }
  const names = new Pseudonyms(store, SECRET)
  await namedIn(names, ['ann'])
  const named = namedIn(names, ['ann', 'bob'])
  await expect.poll(() => isAsked).toBe(true)
  names.forget()
  resolve()
  expect(await named).toEqual(['p-of ann', 'p-of bob'])
})

test('a name that was asked for before all were forgotten is asked for again', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let asked = 0
  const store = {
    async pseudonymsOf(users: readonly NamedUser[]) {
      const now = ++asked
      if (now === 1) await promise
      return users.map(() => `p-${now}`)
    }
  }
  const names = new Pseudonyms(store, SECRET)
  const before = namedIn(names, ['ann'])
  names.forget()
  resolve()
  await before
  expect(await namedIn(names, ['ann'])).toEqual(['p-2'])
})
