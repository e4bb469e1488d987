export type {
  ClientCall,
  ClientScenario,
  ClientSubject,
  Expectation,
  Params
} from './client-subject.ts'
export { expectRecord } from './expect-record.ts'
export { collect, describeError, type Outcome, outcomeOf } from './outcome.ts'
export { testClient } from './test-client.ts'
export { type MethodScenario, type MethodSubject, testMethod } from './test-method.ts'
export { testProtocol } from './test-protocol.ts'
