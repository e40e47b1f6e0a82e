"""The boundary to SpiffWorkflow: nothing outside this folder imports it."""
