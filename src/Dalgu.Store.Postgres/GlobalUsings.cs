global using Dalgu.Hub.Audit;
global using Dalgu.Hub.Storage;
