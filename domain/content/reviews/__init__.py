"""Reviews by people and by machine, under the policies of categories."""
