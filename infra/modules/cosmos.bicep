// The database: account, containers as the app's record types declare them, and who may touch the data.

@description('Name of the account, unique in Azure.')
param name string

@description('Region.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Name of the database.')
param databaseName string = 'eventhub'

@description('serverless bills each request; autoscale keeps the throughput below.')
@allowed(['serverless', 'autoscale'])
param capacity string = 'serverless'

@description('Most request units a second of each container, with autoscale.')
@minValue(1000)
param maxThroughput int = 1000

@description('How fresh reads are. Reservations and sign-ins read what another instance has just written: Strong, or BoundedStaleness with several regions.')
@allowed(['Strong', 'BoundedStaleness', 'Session'])
param consistency string = 'Strong'

@description('Whether only Entra ID opens the data plane; false lets account keys in, for development.')
param disableLocalAuth bool = true

@description('Whether the account answers from the internet; false with private endpoints.')
param publicNetworkAccess bool = true

@description('Zone redundancy of the region.')
param zoneRedundant bool = false

@description('Principals of the apps that read and write data.')
param dataContributors array = []

@description('Key Vault key for encryption at rest, without its version; empty for Microsoft\'s key.')
param encryptionKeyUri string = ''

@description('Resource id of the user-assigned identity that may use the encryption key.')
param encryptionIdentityId string = ''

var containers = loadJsonContent('../cosmos-containers.json')

// Cosmos DB Built-in Data Contributor
var dataContributorRole = '00000000-0000-0000-0000-000000000002'

var modeCapabilities = capacity == 'serverless' ? [{ name: 'EnableServerless' }] : []
var capabilities = concat(modeCapabilities, [
  { name: 'EnableNoSQLVectorSearch' }
  { name: 'EnableNoSQLFullTextSearch' }
])

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  identity: empty(encryptionIdentityId) ? { type: 'SystemAssigned' } : {
    type: 'UserAssigned'
    userAssignedIdentities: { '${encryptionIdentityId}': {} }
  }
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [
      { locationName: location, failoverPriority: 0, isZoneRedundant: zoneRedundant }
    ]
    consistencyPolicy: { defaultConsistencyLevel: consistency }
    capabilities: capabilities
    disableLocalAuth: disableLocalAuth
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    keyVaultKeyUri: empty(encryptionKeyUri) ? null : encryptionKeyUri
    defaultIdentity: empty(encryptionIdentityId) ? null : 'UserAssignedIdentity=${encryptionIdentityId}'
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: 'Continuous30Days' }
    }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
  }
}

// This API version is the first stable one that knows full-text indexes; earlier ones drop them without a word.
// One after the other: the account refuses many changes of its metadata at a time.
@batchSize(1)
resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [for definition in containers: {
  parent: database
  name: definition.id
  properties: {
    resource: definition
    options: capacity == 'autoscale' ? { autoscaleSettings: { maxThroughput: maxThroughput } } : {}
  }
}]

resource access 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [for principal in dataContributors: {
  parent: account
  name: guid(account.id, principal, dataContributorRole)
  properties: {
    principalId: principal
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributorRole}'
    scope: '${account.id}/dbs/${databaseName}'
  }
  dependsOn: [database]
}]

output accountName string = account.name
output accountId string = account.id
output endpoint string = account.properties.documentEndpoint
output databaseName string = database.name
