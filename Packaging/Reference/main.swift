internal import Reference

// Prints the reference page of the configuration file: make docs writes docs/configuration.md.
print(ConfigurationPage.text, terminator: "")
