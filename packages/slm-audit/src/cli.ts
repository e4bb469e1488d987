#!/usr/bin/env node
import { processTerminal, runCli } from './run-cli.ts'

process.exitCode = await runCli(process.argv.slice(2), processTerminal())
