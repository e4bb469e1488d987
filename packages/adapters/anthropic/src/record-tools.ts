import {
  type AuditLog,
  isObject,
  over,
  replaceMethod,
  replaceRunner
} from '@slm-audit/core/adapter'
import { type Members, RunnableTools } from './runnable-tools.ts'

/**
 * Has the tools recorded that `beta.messages.toolRunner` runs, and the runners of message threads, each below the call that
 * asked for it. A runner is given stand-ins of the tools, and shows those of the application.
 */
export function recordTools(client: object, log: AuditLog): void {
  const { beta } = client as Members
  const messages = isObject(beta) ? beta.messages : undefined
  const tools = new RunnableTools(log)
  const inFirst = (args: unknown[]) => tools.inFirst(args)
  const watchRunner = (runner: object) => showOriginals(runner, tools)
  replaceRunner(messages, 'toolRunner', log, inFirst, watchRunner)
  const watchThread = (thread: object) => {
    showOriginals(thread, tools)
    replaceMaker(thread, 'toolRunner', inFirst, watchRunner)
    replaceMaker(thread, 'fork', (args) => args, watchThread)
  }
  replaceRunner(messages, 'thread', log, inFirst, watchThread)
}

/** Puts a method over one that makes a runner or thread of another object. */
function replaceMaker(
  owner: object,
  name: string,
  given: (args: unknown[]) => unknown[],
  made: (one: object) => void
): void {
  replaceMethod(owner, name, (make) => {
    return function (this: unknown, ...args: unknown[]) {
      const one = make.apply(this, given(args))
      if (isObject(one)) made(one)
      return one
    }
  })
}

/** Has the tools that a runner or thread shows and is given later be the application's, while it works with stand-ins. */
function showOriginals(one: object, tools: RunnableTools): void {
  const shown = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one) as object, 'params')
  const read = shown?.get
  if (read === undefined) return
  const get = over<unknown, [], unknown>(read, (host) => tools.originalsIn(host()))
  Object.defineProperty(one, 'params', { ...shown, get: get.bind(one) })
  replaceMaker(one, 'setMessagesParams', (args) => tools.inFirst(args), ignore)
  replaceMaker(one, 'update', (args) => tools.inFirst(args), ignore)
  replaceMaker(one, 'addTools', (args) => args.map((tool) => tools.standIn(tool)), ignore)
}

function ignore(): void {
  // What these give is nothing of ours.
}
