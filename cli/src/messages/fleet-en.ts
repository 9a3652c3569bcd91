/** Texts about nodes on other machines, in English. */
export const fleetEn = {
  'argument.new-node': 'Name of the node: a–z, 0–9 and -',

  'up.zones':
    'Zones that this platform serves, with commas between them (default: as before; at first that of its country)',
  'up.listen-nodes':
    'Listen there for nodes on other machines, by mutual TLS; "off" ends it (default: as before; at first off)',
  'up.gateways':
    'Gateway processes that share the public port, 1 to 32, or "auto": one for each four cores (default: as before; at first auto)',
  'up.bad-gateways': '--gateways is "{value}"',
  'up.bad-gateways.hint': 'Give a number from 1 to {most}, or "auto".',
  'up.bad-listen-nodes.hint': 'Give an address of this machine and a port, such as 192.0.2.10:4443, or "off".',
  'status.further-gateways': 'Further gateways on the public port:',
  'up.further-gateways': '{count} gateways answer on the public port. Control APIs of the others: {addresses}',
  'up.listening-for-nodes': 'Listening for nodes of other machines at {host}:{port}',
  'up.link-failed': 'Port for nodes: {reason}',

  'node.summary': 'Run this machine as a node of a platform on another one',
  'node.enrol': 'Bundle of `sovfn nodes add`, at the first start',
  'node.data': "Data folder of the node (default: sovfn-node in the user's data folder)",
  'node.enrolled': 'This machine is node {node}.',
  'node.waiting': 'Waiting for the platform: {reason}',
  'node.ready': 'Node         {node}\nZones        {zones}\nData         {data}',
  'node.keep': 'Ctrl-C stops the node.',

  'nodes.data': 'Data folder of the platform, on this machine (default: that of the current platform)',

  'nodes.add.summary': 'Invite another machine to become a node: writes a bundle that can be used once',
  'nodes.add.country': 'Country of the machine, two letters',
  'nodes.add.zones':
    'Zones it is to serve, with commas between them (default: those of the platform that its labels satisfy)',
  'nodes.add.address': 'Where it reaches the platform (default: where that listens)',
  'nodes.add.valid': 'How long the bundle can be used (default: 24h, at most 30d)',
  'nodes.add.out': 'File to write (default: <node>.json here)',
  'nodes.bad-address': '--{option} is "{value}"',
  'nodes.bad-address.hint':
    'Give the address or name under which the node reaches the platform, and a port, such as platform.example.fr:4443.',
  'nodes.bad-name': '"{name}" is no name for a node',
  'nodes.bad-name.hint':
    'Names consist of a–z, 0–9 and -, at most 63 of them, and begin and end with a letter or digit.',
  'nodes.bad-validity': '--valid is "{value}"',
  'nodes.bad-validity.hint': 'Write a number and a unit, such as 2h, at most {longest}.',
  'nodes.add.no-country': 'nobody has said in which country the node is',
  'nodes.add.no-country.hint': 'Declare it, for example with --country FR.',
  'nodes.add.done':
    '{file} makes one machine the node {node}, once, until {expiresAt}.\nBring it there by a way that nobody else reads, and run\n\n  sovfn node --enrol {node}.json\n\nIt connects to {address}.',

  'nodes.drain.summary': 'Let a node end the calls it has and take no further ones',
  'nodes.drain.no-wait': 'Do not wait until its last call has ended',
  'nodes.drain.waiting': '{node}: {cells} cells still have calls.',
  'nodes.drain.done': '{node} takes no calls until it is started again.',

  'nodes.remove.summary': 'Take back what a node was granted: it is disconnected and cannot come back',
  'nodes.remove.yes': 'Do not ask',
  'nodes.remove.question': 'Remove node {node}? Its calls end, and it has to be added again to come back. [y/N]',
  'nodes.remove.unconfirmed': 'node {node} is removed for good, and there is nobody to ask',
  'nodes.remove.kept': '{node} stays.',
  'nodes.remove.done': '{node} is removed: its connections have ended, and its labels count no more.',
} as const;
