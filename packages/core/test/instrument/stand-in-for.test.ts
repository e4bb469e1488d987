import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { standInFor } from '../../src/adapter.ts'

class Client {
  name = 'one'
  readonly options: { readonly [name: string]: unknown } = { retries: 2 }
  get title() {
    return `client ${this.name}`
  }
}

test('what stands in for an object is printed with what that has', () => {
  const client = new Client()
  expect(inspect(standInFor(client, {}))).toBe(inspect(client))
  expect(inspect(standInFor(client, { name: 'ours' }))).toBe(
    inspect(Object.assign(new Client(), { name: 'ours' }))
  )
})

test('members of one that is not to be extended can be removed', () => {
  const standIn = Object.preventExtensions(standInFor<{ name?: string }>(new Client(), {}))
  expect(Object.keys(standIn)).toEqual(['name', 'options'])
  expect(Reflect.deleteProperty(standIn, 'name')).toBe(true)
  expect('name' in standIn).toBe(false)
  expect(Object.keys(standIn)).toEqual(['options'])
})

test('what inherits from one has members of its own', () => {
  const client = new Client()
  const standIn = standInFor(client, {})
  const child: Client = Object.create(standIn)
  child.name = 'two'
  expect([client.name, standIn.name, child.name]).toEqual(['one', 'one', 'two'])
  expect(Object.keys(child)).toEqual(['name'])
  expect([standIn.title, child.title]).toEqual(['client one', 'client two'])
  standIn.name = 'three'
  expect([client.name, child.name]).toEqual(['three', 'two'])
})
