import { testUntested } from '@slm-audit/testing/conformance'

testUntested('@langchain/core', () => import('../src/index.ts'), {
  auditHandler: ({ auditHandler }, log) => auditHandler(log)
})
