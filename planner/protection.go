package planner

import "synapse-migrate/synapse"

// Protection is who may reach a destination: CheckSharing compares it with
// what holds when a run begins.
type Protection struct {
	// Sharing is the access control list in force, Requirements are the IDs
	// of the access requirements that hold there.
	Sharing      []synapse.ResourceAccess `json:"sharing,omitempty"`
	Requirements []int64                  `json:"requirements,omitempty"`
}
