import { ClientStateMachine } from '../../lib/runtime/client-state.ts'
import type { ClientState } from '../../lib/runtime/client-state.ts'

const machineIn = (...path: ClientState[]): ClientStateMachine => {
  const machine = new ClientStateMachine()
  for (const state of path) machine.transitionTo(state)
  return machine
}

describe('a client state machine', () => {
  test('should go through a whole life and tell every change in order', () => {
    const seen: string[] = []
    const machine = new ClientStateMachine()
    machine.onChange((next, old) => seen.push(`${old}>${next}`))
    for (const state of ['REBALANCING', 'RUNNING', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING'] as const) {
      expect(machine.transitionTo(state)).toBe(true)
    }
    expect(seen).toEqual([
      'CREATED>REBALANCING',
      'REBALANCING>RUNNING',
      'RUNNING>REBALANCING',
      'REBALANCING>RUNNING',
      'RUNNING>PENDING_SHUTDOWN',
      'PENDING_SHUTDOWN>NOT_RUNNING',
    ])
  })

  test('should refuse a second start', () => {
    const machine = machineIn('REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING')
    expect(() => machine.transitionTo('REBALANCING')).toThrow('cannot go from NOT_RUNNING to REBALANCING')
  })

  test('should ignore what threads report when the client is already shutting down', () => {
    const machine = machineIn('REBALANCING', 'PENDING_SHUTDOWN')
    expect(machine.transitionTo('RUNNING')).toBe(false)
    expect(machine.transitionTo('PENDING_ERROR')).toBe(false)
    expect(machine.state).toBe('PENDING_SHUTDOWN')
  })

  test('should end in ERROR when it fails and not restart', () => {
    const machine = machineIn('REBALANCING', 'PENDING_ERROR', 'ERROR')
    expect(machine.transitionTo('PENDING_ERROR')).toBe(false)
    expect(machine.hasShutDown).toBe(true)
    expect(() => machine.transitionTo('REBALANCING')).toThrow('cannot go from ERROR to REBALANCING')
  })

  test('should merge rebalances that follow each other', () => {
    const machine = machineIn('REBALANCING')
    expect(machine.transitionTo('REBALANCING')).toBe(false)
  })
})
